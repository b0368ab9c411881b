// Rendered from fixtures/archive/tables.json by scripts/render-archive-tables. Change that file, not this one.

/// The tables of the account archive as texts, with `|` between their items.
enum ArchiveTables {
  /// The columns of activities.csv, by their English labels.
  static let columns = """
    Activity ID|Activity Date|Activity Name|Activity Type|Activity Description|Elapsed Time|Distance|Max Heart Rate|\
    Relative Effort|Commute|Activity Private Note|Activity Gear|Filename|Athlete Weight|Bike Weight|Elapsed Time|\
    Moving Time|Distance|Max Speed|Average Speed|Elevation Gain|Elevation Loss|Elevation Low|Elevation High|\
    Max Grade|Average Grade|Average Positive Grade|Average Negative Grade|Max Cadence|Average Cadence|Max Heart Rate|\
    Average Heart Rate|Max Watts|Average Watts|Calories|Max Temperature|Average Temperature|Relative Effort|\
    Total Work|Number of Runs|Uphill Time|Downhill Time|Other Time|Perceived Exertion|Type|Start Time|\
    Weighted Average Power|Power Count|Prefer Perceived Exertion|Perceived Relative Effort|Commute|\
    Total Weight Lifted|From Upload|Grade Adjusted Distance|Weather Observation Time|Weather Condition|\
    Weather Temperature|Apparent Temperature|Dewpoint|Humidity|Weather Pressure|Wind Speed|Wind Gust|Wind Bearing|\
    Precipitation Intensity|Sunrise Time|Sunset Time|Moon Phase|Bike|Gear|Precipitation Probability|\
    Precipitation Type|Cloud Cover|Weather Visibility|UV Index|Weather Ozone|Jump Count|Total Grit|Average Flow|\
    Flagged|Average Elapsed Speed|Dirt Distance|Newly Explored Distance|Newly Explored Dirt Distance|Activity Count|\
    Total Steps|Carbon Saved|Pool Length|Training Load|Intensity|Average Grade Adjusted Pace|Timer Time|Total Cycles|\
    Recovery|With Pet|Competition|Long Run|For a Cause|With Kid|Downhill Distance|Total Sets|Total Reps|Media
    """

  /// The labels of the columns in `de`; empty where they are unknown.
  static let deLabels = """
    Aktivitäts-ID|Aktivitätsdatum|Name der Aktivität|Aktivitätsart|Aktivitätsbeschreibung|Verstrichene Zeit|Distanz|\
    Max. Herzfrequenz|Relative Leistung|Pendeln|Hinweis zur Privatsphäre für Aktivitäten|Aktivitätsausrüstung|\
    Dateiname|Sportlergewicht|Fahrradgewicht|Verstrichene Zeit|Bewegungszeit|Distanz|Höchstgeschw.|\
    Durchschnittliche Geschwindigkeit|Höhenzunahme|Höhenunterschied|Min. Höhe|Max. Höhe|Max. Steigung|\
    Durchschnittliche Steigung|Durchschnittliche positive Steigung|Durchschnittliche negative Steigung|\
    Max. Tritt-/Schrittfrequenz|Durchschnittliche Trittfrequenz|Max. Herzfrequenz|Durchschnittliche Herzfrequenz|\
    Max. Watt|Durchschnittliche Watt|Kalorien|Max. Temperatur|Durchschnittliche Temperatur|Relative Leistung|\
    Gesamtarbeit|Anzahl Läufe|Bergaufzeit|Bergabzeit|Andere Zeit|Gefühlte Anstrengung|Art|Startzeit|\
    Gewichtete durchschnittliche Leistung|Leistungszahl|Gefühlte Anstrengung verwenden|Gefühlte relative Leistung|\
    Pendeln|Insgesamt gestemmtes Gewicht|Von Upload|Auf Steigung angepasste Distanz|Wetterbeobachtungszeit|\
    Wetterlage|Wetter: Temperatur|Scheinbare Temperatur|Taupunkt|Luftfeuchtigkeit|Wetter: Druck|Windgeschwindigkeit|\
    Windböe|Windrichtung|Niederschlagsintensität|Sonnenaufgangszeit|Sonnenuntergangszeit|Mondphase|Fahrrad|\
    Ausrüstung|Niederschlagswahrscheinlichkeit|Niederschlagsart|Wolkendecke|Wetter: Sichtbarkeit|UV-Index|\
    Wetter: Ozon|Sprunganzahl|Schwierigkeit insgesamt|Durchschnittlicher Flow|Markiert|\
    Durchschnittsgeschwindigkeit im Aufzeichnungszeitraum|Auf Schotter zurückgelegte Distanz|Neu getestete Distanz|\
    Neu getestete Schotterdistanz|Aktivitätsanzahl|Schritte insgesamt|Eingesparte CO₂-Emissionen|Pool-Länge|\
    Trainingsbelastung|Intensität|Durchschnittliches auf Steigung angepasstes Tempo|Stoppuhr-Zeit|Zyklen gesamt|\
    Regeneration|Mit Haustier|Wettbewerb|Langer Lauf|Für einen guten Zweck|Mit Kind|Abfahrtsdistanz|||Medien
    """

  /// The labels of the columns in `fr`; empty where they are unknown.
  static let frLabels = """
    ID de l'activité|Date de l'activité|Nom de l'activité|Type d'activité|Description de l'activité|Temps écoulé|\
    Distance|Fréquence cardiaque max.|Effort relatif|Déplacement-transport|Note privée sur les activités|\
    Matériel utilisé pour l'activité|Nom du fichier|Poids de l'athlète|Poids du vélo|Temps écoulé|\
    Durée de déplacement|Distance|Vitesse max.|Vitesse moyenne|Dénivelé positif|Dénivelé négatif|Altitude min.|\
    Altitude max.|Pente max.|Pente moyenne|Pente positive moyenne|Pente négative moyenne|Cadence max.|\
    Cadence moyenne|Fréquence cardiaque max.|Fréquence cardiaque moyenne|Puissance max.|Puissance moyenne|Calories|\
    Température max.|Température moyenne|Effort relatif|Effort total|Nombre de sorties course à pied|Temps de montée|\
    Temps de descente|Autres temps|Effort ressenti|Type|Heure de début|Puissance moyenne pondérée|\
    Nombre d'échantillons de puissance|Utiliser l'Effort ressenti|Effort relatif ressenti|Déplacement-transport|\
    Poids total soulevé|À partir du téléchargement|Distance ajustée selon la pente|Heure d'observation de la météo|\
    Conditions météo|Température selon les prévisions météo|Température ressentie|Point de rosée|Humidité|\
    Pression atmosphérique|Vitesse du vent|Rafale de vent|Direction du vent|Intensité des précipitations|\
    Heure de lever du soleil|Heure de coucher du soleil|Phase de la lune|Vélo|Matériel|Probabilité de précipitations|\
    Type de précipitations|Couverture nuageuse|Visibilité selon les prévisions météo|Indice UV|\
    Ozone selon les prévisions météo|Nombre de sauts|Grit total|Flow moyen|Signalé|Vitesse moyenne (temps écoulé)|\
    Distance sur chemin|Distance récemment découverte|Distance sur chemin récemment découverte|Nombre d'activités|\
    Nombre total de pas|CO2 économisé|Longueur de piscine|Charge d’entraînement|Intensité|\
    Vitesse moyenne ajustée selon la pente|Temps enregistré par le chronomètre|Nombre total de cycles|Récupération|\
    Avec mon animal de compagnie|Compétition|Sortie longue|Pour la bonne cause|Avec enfant|Distance en descente|\
    Nombre total de séries|Nombre total de répétitions|Support
    """

  /// The labels of the columns in `es-419`; empty where they are unknown.
  static let es419Labels = """
    Id. de actividad|Fecha de la actividad|Nombre de la actividad|Tipo de actividad|Descripción de la actividad|\
    Tiempo transcurrido|Distancia|Ritmo cardíaco máx.|Esfuerzo relativo|Viaje al trabajo|Nota privada de actividad|\
    Equipamiento de la actividad|Nombre de archivo|Peso del atleta|Peso de la bicicleta|Tiempo transcurrido|\
    Tiempo en movimiento|Distancia|Velocidad máxima|Velocidad promedio|Desnivel positivo|Desnivel negativo|\
    Desnivel bajo|Desnivel alto|Grado máximo|Pendiente promedio|Grado positivo promedio|Grado negativo promedio|\
    Cadencia máx.|Cadencia promedio|Ritmo cardíaco máx.|Ritmo cardíaco promedio|Máx. de vatios|Vatios promedio|\
    Calorías|Temperatura máx.|Temperatura promedio|Esfuerzo relativo|Esfuerzo total|Cantidad de carreras|\
    Tiempo de ascenso|Tiempo de descenso|Otro tiempo|Esfuerzo Percibido|Tipo|Hora de inicio|\
    Potencia promedio ponderada|Conteo de potencia|Usar Esfuerzo Percibido|Esfuerzo relativo percibido|\
    Viaje al trabajo|Peso total levantado|De carga|Distancia ajustada en pendientes|Tiempo de observación del clima|\
    Condición climática|Temperatura|Sensación térmica|Punto de rocío|Humedad|Presión atmosférica|\
    Velocidad del viento|Ráfaga de viento|Dirección del viento|Intensidad de la precipitación|Hora de salida del sol|\
    Hora de puesta del sol|Fase lunar|Bicicleta|Equipamiento|Probabilidad de precipitación|Tipo de precipitación|\
    Nubosidad|Visibilidad|Índice UV|Estado del ozono|Recuento de saltos|Complejidad total|Fluidez promedio|Marcado|\
    Velocidad promedio durante el tiempo transcurrido|Distancia sobre tierra|Distancia recién recorrida|\
    Distancia recién recorrida en caminos sin asfaltar|Número de actividades|Pasos en total|\
    Emisión de carbono evitada|Largo de la piscina|Carga de entrenamiento|Intensidad|\
    Ritmo ajustado en pendientes promedio|Tiempo del cronómetro|Ciclos en total|Recuperación|Con mascota|Competencia|\
    Carrera larga|Por una causa|Con niño|Distancia de descenso|Total de series|Total de repeticiones|Multimedia
    """

  /// The labels of the columns in `nl`; empty where they are unknown.
  static let nlLabels = """
    Activiteits-ID|Datum van activiteit|Naam activiteit|Activiteitstype|Beschrijving van activiteit|Verstreken tijd|\
    Afstand|Max. hartslag|Vergelijkbare poging|Woon-werkverkeer|Privénotitie activiteit|Uitrusting voor activiteit|\
    Bestandsnaam|Gewicht sporter|Gewicht fiets|Verstreken tijd|Beweegtijd|Afstand|Max. snelheid|Gemiddelde snelheid|\
    Totale stijging|Totale daling|Kleinste hoogte|Grootste hoogte|Max. stijgingspercentage|\
    Gemiddeld stijgingspercentage|Gemiddeld positief stijgingspercentage|Gemiddeld negatief stijgingspercentage|\
    Max. cadans|Gemiddelde cadans|Max. hartslag|Gemiddelde hartslag|Maximaal wattage|Gemiddeld wattage|Calorieën|\
    Maximale temperatuur|Gemiddelde temperatuur|Vergelijkbare poging|Totale arbeid|Aantal hardloopsessies|\
    Tijd bergop|Tijd bergaf|Andere tijd|Ervaren inspanning|Type|Starttijd|Gewogen gemiddeld vermogen|\
    Aantal vermogensgegevens|Voorkeur voor ervaren inspanning|Ervaren vergelijkbare poging|Woon-werkverkeer|\
    Totaal geheven gewicht|Van upload|Aan stijgingspercentage aangepaste afstand|Tijd weerbeeld|Weersomstandigheden|\
    Buitentemperatuur|Gevoelstemperatuur|Dauwpunt|Vochtigheid|Luchtdruk|Windsnelheid|Windstoot|Windrichting|\
    Neerslagintensiteit|Tijd zonsopgang|Tijd zonsondergang|Maanstand|Fiets|Uitrusting|Kans op neerslag|Type neerslag|\
    Bewolking|Zicht|UV-index|Ozonwaarde|Aantal jumps|Totale grit|Gemiddelde flow|Gemeld|\
    Gemiddelde snelheid (op basis van verstreken tijd)|Afstand (onverharde wegen)|Afstand nieuw ontdekte wegen|\
    Afstand op nieuw ontdekte wegen (onverhard)|Aantal activiteiten|Totaal aantal stappen|CO2-besparing|\
    Lengte van zwembad|Trainingsbelasting|Intensiteit|Gemiddelde vergelijkbare tempo op vlak terrein|\
    Tijd op de timer|Totaalaantal cycli|Herstel|Met huisdier|Wedstrijd|Lange loop|Voor een doel|||||Media
    """

  /// The labels of the columns in `ru`; empty where they are unknown.
  static let ruLabels = """
    ID физической активности|Дата тренировки|Название тренировки|Тип активности|Описание физической активности|\
    Общее время|Расстояние|Макс. пульс|Относительное усилие|На работу||Снаряжение|Название файла|||Общее время|\
    Время в движении|Дистанция|Макс. скорость|Средняя скорость|Набор высоты|Высота спуска|Высота низменности|\
    Высота подъема|Макс. уклон|Средний угол уклона|||Макс. каденс|Средний каденс|Макс. пульс|Средний пульс|\
    Макс. мощность|Средняя мощность|Калории|Макс. температура|Средняя температура|Относительное усилие|||||||||||||\
    На работу|||||Погода|Температура воздуха|||||||||||||||||||||||||||||Всего шагов|||||||Всего циклов||||||||\
    Всего подходов|Общее количество повторений|Медиафайл
    """

  /// The labels of the columns in `it`; empty where they are unknown.
  static let itLabels = """
    ID attività|Data dell'attività|Nome attività|||||||||||||||||||||||||||||||||||||||||||||||||||||||||||||||||||||\
    |||||||||||||||||||||||||||||||
    """

  /// The labels of the columns in `ja`; empty where they are unknown.
  static let jaLabels = """
    アクティビティID|アクティビティ実行日|アクティビティ名|アクティビティタイプ||経過時間|距離||||||ファイル名|||経過時間|移動時間|距離|||獲得標高|||||||||||||||||||||||||||||||\
    |||||||||||||||||||||||||||||||||||||||||||||||||||
    """

  /// The labels of the columns in `zh-CN`; empty where they are unknown.
  static let zhCnLabels = """
    活动 ID|活动日期|活动名称|活动类型|活动描述|全程耗时|距离||||||文件名|||||||||||||||||||||||||||||||||||||||||||||||||||||||||||||||||||||||\
    |||||||||||||||||||
    """

  /// Other labels in `en`, each followed by its English label.
  static let enAliases = """
    Avg Flow|Average Flow|Avg Elapsed Speed|Average Elapsed Speed
    """

  /// Other labels in `nl`, each followed by its English label.
  static let nlAliases = """
    Forenzenrit|Commute|Hoogteverschil|Elevation Gain|Hoogteverlies|Elevation Loss
    """

  /// Other labels in `ru`, each followed by its English label.
  static let ruAliases = """
    Описание|Activity Description|Регулярный маршрут|Commute|ID тренировки|Activity ID|Тип тренировки|Activity Type
    """

  /// The labels of files before July 2019, each followed by its English label.
  static let snakeCase = """
    id|Activity ID|date|Activity Date|name|Activity Name|type|Activity Type|description|Activity Description|\
    elapsed_time|Elapsed Time|distance|Distance|commute|Commute|gear|Activity Gear|filename|Filename
    """

  /// The keys in labels such as `translation missing: … .jump_count`, each followed by its English label.
  static let untranslated = """
    type|Type|start_time|Start Time|jump_count|Jump Count|total_grit|Total Grit|avg_flow|Average Flow|flagged|\
    Flagged|avg_elapsed_speed|Average Elapsed Speed|dirt_distance|Dirt Distance|newly_explored_distance|\
    Newly Explored Distance|newly_explored_dirt_distance|Newly Explored Dirt Distance|sport_type|Sport Type|\
    total_steps|Total Steps
    """

  /// English activity types, each followed by the API's.
  static let enTypes = """
    Ride|Ride|Virtual Ride|VirtualRide|E-Bike Ride|EBikeRide|Run|Run|Virtual Run|VirtualRun|Walk|Walk|Hike|Hike|Swim|\
    Swim|Alpine Ski|AlpineSki|Backcountry Ski|BackcountrySki|Nordic Ski|NordicSki|Snowboard|Snowboard|Snowshoe|\
    Snowshoe|Ice Skate|IceSkate|Inline Skate|InlineSkate|Roller Ski|RollerSki|Skateboard|Skateboard|Rock Climb|\
    RockClimbing|Rock Climbing|RockClimbing|Rowing|Rowing|Canoe|Canoeing|Canoeing|Canoeing|Kayaking|Kayaking|\
    Kitesurf|Kitesurf|Windsurf|Windsurf|Surfing|Surfing|Stand Up Paddling|StandUpPaddling|Sail|Sail|Elliptical|\
    Elliptical|Stair-Stepper|StairStepper|Stair Stepper|StairStepper|Weight Training|WeightTraining|Workout|Workout|\
    Yoga|Yoga|Crossfit|Crossfit|Golf|Golf|Football (Soccer)|Soccer|Soccer|Soccer|Handcycle|Handcycle|Velomobile|\
    Velomobile|Wheelchair|Wheelchair|Mountain Bike Ride|MountainBikeRide|Gravel Ride|GravelRide|E-Mountain Bike Ride|\
    EMountainBikeRide|Trail Run|TrailRun|HIIT|HighIntensityIntervalTraining|High Intensity Interval Training|\
    HighIntensityIntervalTraining|Pilates|Pilates|Tennis|Tennis|Table Tennis|TableTennis|Badminton|Badminton|\
    Pickleball|Pickleball|Racquetball|Racquetball|Squash|Squash|Padel|Padel|Virtual Row|VirtualRow|Virtual Rowing|\
    VirtualRow|Basketball|Basketball|Volleyball|Volleyball|Cricket|Cricket|Dance|Dance|Physical Therapy|\
    PhysicalTherapy
    """

  /// Activity types in `de`, each followed by the API's.
  static let deTypes = """
    Lauf|Run|Radfahrt|Ride|Virtuelle Radfahrt|VirtualRide|E-Bike-Radfahrt|EBikeRide|Wandern|Hike|Spaziergang|Walk|\
    Schwimmen|Swim|Gewichtstraining|WeightTraining|Training|Workout|Yoga|Yoga|Virtueller Lauf|VirtualRun|Traillauf|\
    TrailRun|Ski Alpin|AlpineSki|Skitouren|BackcountrySki|Snowboarden|Snowboard|Crossfit|Crossfit|Mountainbikefahrt|\
    MountainBikeRide|Gravelfahrt|GravelRide|E-Bike-Fahrt|EBikeRide|Rudern|Rowing|Kanufahrt|Canoeing|Kajakfahren|\
    Kayaking|Eislaufen|IceSkate|Langlauf|NordicSki|Schneeschuhwanderung|Snowshoe|Ellipsentrainer|Elliptical|Klettern|\
    RockClimbing|Inlineskaten|InlineSkate|Stand Up Paddling|StandUpPaddling|Surfen|Surfing|Windsurfen|Windsurf|\
    Kitesurfen|Kitesurf|Segeln|Sail|Fußball|Soccer
    """

  /// Activity types in `fr`, each followed by the API's.
  static let frTypes = """
    Course à pied|Run|Vélo|Ride|Vélo virtuel|VirtualRide|Marche|Walk|Randonnée|Hike|Natation|Swim|Ski alpin|\
    AlpineSki|Entraînement aux poids|WeightTraining|Entraînement|Workout|Yoga|Yoga
    """

  /// Activity types in `es-419`, each followed by the API's.
  static let es419Types = """
    Carrera|Run|Vuelta ciclista|Ride|Caminata|Walk|Entrenamiento con pesas|WeightTraining|Entrenamiento|Workout|Yoga|\
    Yoga
    """

  /// Activity types in `nl`, each followed by the API's.
  static let nlTypes = """
    Hardloopsessie|Run|Fietsrit|Ride|Virtuele fietsrit|VirtualRide|Wandeling|Walk|Hiken|Hike|Zwemmen|Swim|\
    Krachttraining|WeightTraining|Training|Workout|Kayakken|Kayaking|Kitesurfen|Kitesurf|Stepapparaat|StairStepper
    """

  /// Activity types in `ru`, each followed by the API's.
  static let ruTypes = """
    Бег|Run|Велосипед|Ride|Велозаезд|Ride|Виртуальный велозаезд|VirtualRide|Ходьба|Walk|Поход|Hike|Плавание|Swim|\
    Силовая тренировка|WeightTraining|Тренировка|Workout
    """

  /// Activity types in `it`, each followed by the API's.
  static let itTypes = """
    Corsa|Run|Nuotata|Swim|Ciclismo|Ride
    """

  /// Activity types in `ja`, each followed by the API's.
  static let jaTypes = """
    ランニング|Run
    """

  /// Activity types in `zh-CN`, each followed by the API's.
  static let zhCnTypes = """
    骑行|Ride
    """

  /// The labels, other labels and activity types of each language.
  static let languages: [(name: String, labels: String, aliases: String, types: String)] = [
    ("en", columns, enAliases, enTypes),
    ("de", deLabels, "", deTypes),
    ("fr", frLabels, "", frTypes),
    ("es-419", es419Labels, "", es419Types),
    ("nl", nlLabels, nlAliases, nlTypes),
    ("ru", ruLabels, ruAliases, ruTypes),
    ("it", itLabels, "", itTypes),
    ("ja", jaLabels, "", jaTypes),
    ("zh-CN", zhCnLabels, "", zhCnTypes),
  ]
}
